/**
 * Names of Vue that a page has to hold for releases to come: bundlers leave out what the first release does not mention, and a template
 * that begins to use `v-show` needs its helper. What compiled templates and setup functions mention is here; what only servers,
 * renderers and custom elements need is not, nor what is big: built-in components are a kilobyte or two each, gzipped, so a release that is
 * the first to use one loads the page.
 */
export const availableNames = [
  // What Vue's compiler writes.
  'Fragment', 'openBlock', 'createBlock', 'createElementBlock', 'createVNode', 'createElementVNode', 'createCommentVNode', 'createTextVNode',
  'resolveComponent', 'resolveDynamicComponent', 'resolveDirective', 'withDirectives', 'renderList', 'renderSlot', 'createSlots', 'toDisplayString',
  'mergeProps', 'normalizeClass', 'normalizeStyle', 'normalizeProps', 'guardReactiveProps', 'toHandlers', 'camelize', 'capitalize', 'toHandlerKey', 'setBlockTracking',
  'withCtx', 'unref', 'isRef', 'withMemo', 'isMemoSame', 'vModelRadio', 'vModelCheckbox', 'vModelText', 'vModelSelect', 'withModifiers', 'withKeys', 'vShow',
  'defineComponent', 'mergeDefaults', 'mergeModels', 'createPropsRestProxy', 'useModel', 'useCssVars', 'withAsyncContext',
  // What people write.
  'ref', 'shallowRef', 'triggerRef', 'customRef', 'reactive', 'shallowReactive', 'readonly', 'shallowReadonly', 'toRef', 'toRefs', 'toRaw', 'toValue', 'markRaw', 'isReactive', 'isReadonly', 'isProxy',
  'watch', 'watchEffect', 'watchPostEffect', 'watchSyncEffect', 'onWatcherCleanup', 'effectScope', 'getCurrentScope', 'onScopeDispose', 'nextTick',
  'onBeforeMount', 'onMounted', 'onBeforeUpdate', 'onUpdated', 'onBeforeUnmount', 'onUnmounted', 'onActivated', 'onDeactivated', 'onErrorCaptured',
  'provide', 'inject', 'hasInjectionContext', 'h', 'cloneVNode', 'isVNode', 'getCurrentInstance', 'useAttrs', 'useSlots', 'useId', 'useTemplateRef',
] as const;
