/**
 * webpack: the compiler watches, the bundle runs in a real Node process and looks for updates with `webpack/hot/poll`.
 * Never more than one program at a time.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installOnDemand, versionOf } from '../install.js';
import { entry, startChild } from './child.js';
import { createProgram, recorder } from './program.js';
import { writeProgram } from './workspace.js';

export const name = 'webpack';
export const how = 'Node, `webpack/hot/poll`';

export const variants = {
  'main accepts b and lib, with error handlers': { main: ['b', 'lib'], onError: true },
  'main accepts b and lib': { main: ['b', 'lib'] },
  'b accepts itself, main accepts lib': { main: ['lib'], b: true },
};

export async function start(accepts) {
  const packages = installOnDemand('.peers', { webpack: '5', dynohot: '1' });
  const { resolve } = createRequire(join(packages, 'nothing.js'));
  const { default: webpack } = await import(resolve('webpack'));
  const program = createProgram({ hot: 'import.meta.webpackHot', accepts });
  const { dir, edit } = writeProgram(name, { ...program.files, 'recorder.js': recorder, 'start.js': entry });
  const compiler = webpack({
    mode: 'development', target: 'async-node', context: dir, devtool: false, infrastructureLogging: { level: 'error' },
    entry: { main: [`${resolve('webpack/hot/poll')}?50`, './src/start.js'] },
    output: { path: join(dir, 'dist'), filename: '[name].cjs', hotUpdateChunkFilename: '[id].[fullhash].hot-update.cjs', hotUpdateMainFilename: '[runtime].[fullhash].hot-update.json' },
    plugins: [new webpack.HotModuleReplacementPlugin()],
  });
  let watching;
  const close = () => new Promise(settle => watching.close(settle));
  await new Promise((settle, reject) => {
    watching = compiler.watch({ aggregateTimeout: 20 }, (error, stats) => (error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : settle()));
  });
  try {
    const child = await startChild(join(dir, 'dist', 'main.cjs'), { cwd: dir });
    return { ...child, edit, program, version: versionOf(packages, 'webpack'), stop: () => Promise.all([child.stop(), close()]) };
  } catch (error) {
    await close();
    throw error;
  }
}
