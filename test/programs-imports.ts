/**
 * The imports of one module of a random program: whoever needs a name asks for it, and the import is there. One module is reached
 * in one way: by names, by its namespace, or through the barrel.
 */
export type Through = 'named' | 'namespace' | 'barrel';

/** What is exported under `default` is a name of its own everywhere else. */
export interface Exported {
  readonly module: number;
  /** As the module itself calls it. */
  readonly name: string;
  readonly isDefault?: boolean;
  /** Unique in the program: nobody has to add the module to it. */
  readonly isUnique?: boolean;
}

export interface Imports {
  /** The expression by which this module reads an export of another one. */
  read(exported: Exported): string;
  /** The expression for the namespace object of another module. */
  namespace(module: number): string;
  text(): string;
}

/** The name of an export where all exports of a program are in one scope. */
export const flatName = ({ module, name, isUnique }: Exported): string => (isUnique ? name : `${name}${module}`);

export function createImports(ways: ReadonlyMap<number, Through>): Imports {
  const named = new Map<string, string>();
  const namespaces = new Set<number>();
  const namespace = (module: number): string => {
    namespaces.add(module);
    return `n${module}`;
  };
  return {
    read(exported) {
      const { module, name, isDefault } = exported;
      const way = ways.get(module) ?? 'named';
      if (way === 'namespace') return `${namespace(module)}.${isDefault ? 'default' : name}`;
      const flat = flatName(exported);
      named.set(flat, way === 'barrel' ? `import { ${flat} } from './all.js';` : `import { ${isDefault ? 'default' : name} as ${flat} } from './m${module}.js';`);
      return flat;
    },
    namespace,
    text: () => [...[...namespaces].map((module) => `import * as n${module} from './m${module}.js';`), ...named.values()].join('\n'),
  };
}
