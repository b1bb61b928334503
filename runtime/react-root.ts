/**
 * What stands above the components of a page: the topmost one renders everything below it again when a release came or went, as
 * a transition, so that the page is the old one until the new one is complete.
 */
import { Component, createContext, startTransition } from 'react';
import { jsx } from 'react/jsx-runtime';
import { subscribe } from './attached.js';
import { givesUp, watchProbations } from './react-errors.js';
import { runtime } from './main.js';

/** What is below renders again whenever it changes. Null where no root is above. */
export const Release = createContext<number | null>(null);

interface RootProps {
  readonly type: unknown;
  readonly props: object;
}

interface RootState {
  /** As `runtime.commits`. */
  readonly release: number;
  readonly failed: { readonly error: unknown } | null;
}

const mounted = new Set<Root>();
/** Those that have not rendered the running release yet. */
const behind = new Set<Root>();
/** Instances of class components that have rendered. */
let instances = new Set<WeakRef<Component>>();
const listed = new WeakSet<Component>();
let isListening = false;

/** Whether components render for the first time since a commit. */
export const isFirstPass = (): boolean => behind.size > 0;

export class Root extends Component<RootProps, RootState> {
  override state: RootState = { release: runtime.commits, failed: null };

  componentDidMount(): void {
    listen();
    mounted.add(this);
    // A release may have come while this rendered.
    if (this.state.release !== runtime.commits) this.setState({ release: runtime.commits });
  }

  componentDidUpdate(): void {
    if (this.state.release === runtime.commits) behind.delete(this);
  }

  componentWillUnmount(): void {
    mounted.delete(this);
    behind.delete(this);
  }

  render(): unknown {
    const { release, failed } = this.state;
    if (failed && !givesUp(failed.error, isFirstPass())) throw failed.error;
    return jsx(Release.Provider, { value: release, children: failed ? null : jsx(this.props.type, this.props.props) });
  }
}

/** What nobody caught during a probation empties the page only until the release is taken back. React looks for this when it needs it. */
const boundary = Root as { getDerivedStateFromError?: (error: unknown) => Partial<RootState> };
const catchErrors = (error: unknown): Partial<RootState> => ({ failed: { error } });

function listen(): void {
  if (isListening) return;
  isListening = true;
  watchProbations();
  subscribe(({ type }) => {
    if (type === 'committed' || type === 'rolledBack') renderAgain();
    if (type === 'committed') boundary.getDerivedStateFromError = catchErrors;
    if (type === 'confirmed' || type === 'rolledBack') delete boundary.getDerivedStateFromError;
  });
}

function renderAgain(): void {
  const release = runtime.commits;
  for (const root of mounted) behind.add(root);
  startTransition(() => {
    for (const root of mounted) root.setState({ release, failed: null });
    for (const ref of instances) {
      const instance = ref.deref();
      if (instance) instance.forceUpdate();
      else instances.delete(ref);
    }
  });
}

/** A class component renders: from now on it renders again with every release. */
export function list(instance: Component): void {
  if (listed.has(instance)) return;
  listed.add(instance);
  // Those that are gone are let go each time that their number may have doubled.
  if (Math.log2(instances.size) % 1 === 0) instances = new Set([...instances].filter((ref) => ref.deref()));
  instances.add(new WeakRef(instance));
}
