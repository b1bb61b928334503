/**
 * Names of Svelte's client runtime that a page has to hold for releases to come: bundlers leave out what the first release does not
 * mention. What compiled components mention is here; bindings of media, transitions and what is left of Svelte 4 are not, so that a
 * release which is the first to use one loads the page.
 */
export const availableNames = [
  'action', 'append', 'append_styles', 'attach', 'attribute_effect', 'autofocus', 'bind_checked', 'bind_group', 'bind_prop', 'bind_select_value', 'bind_this', 'bind_value',
  'child', 'clsx', 'comment', 'component', 'delegate', 'delegated', 'derived', 'each', 'effect_tracking', 'element', 'event', 'exclude_from_object', 'fallback', 'first_child',
  'from_html', 'get', 'head', 'html', 'if', 'index', 'init_select', 'key', 'next', 'noop', 'only_child', 'pop', 'prop', 'props_id', 'proxy', 'push', 'remove_input_defaults', 'remove_textarea_child',
  'render_effect', 'reset', 'rest_props', 'safe_get', 'set', 'set_attribute', 'set_checked', 'set_class', 'set_style', 'set_text', 'set_value', 'setup_stores', 'sibling', 'slot', 'snapshot', 'snippet',
  'spread_props', 'state', 'store_get', 'store_mutate', 'store_set', 'store_unsub', 'template_effect', 'text', 'to_array', 'untrack', 'update', 'update_pre', 'update_pre_prop', 'update_prop',
  'user_effect', 'user_pre_effect', 'wrap_snippet',
] as const;
