/**
 * What `relup/react` uses of React: its public API, as far as these files need types. Not emitted; the package has no React of its own.
 */
declare module 'react' {
  /** What a component makes, and what stands for a component. */
  export type Node = unknown;
  export type Type = unknown;
  export interface Context<T> {
    readonly Provider: Type;
    readonly value?: T;
  }
  export class Component<Props = object, State = object> {
    constructor(props: Props);
    readonly props: Props;
    state: State;
    setState(change: Partial<State>): void;
    forceUpdate(): void;
  }
  export function createContext<T>(value: T): Context<T>;
  export function useContext<T>(context: Context<T>): T;
  export function forwardRef(render: (props: object, ref: unknown) => Node): Type;
  export function startTransition(work: () => void): void;
}

declare module 'react/jsx-runtime' {
  export function jsx(type: unknown, props: object): unknown;
}
