/** How a user of Vite may write the program; what runs it is the runner's or the browser's file. */
export const variants = {
  'main accepts b and lib': { main: ['b', 'lib'] },
  'b accepts itself, main accepts lib': { main: ['lib'], b: true },
};

/** Vite's documentation asks who accepts to copy what is new into variables of its own. That is another program. */
export const byHand = {
  'b accepts c, main accepts lib, both copy into variables': { main: ['lib'], byHand: true },
};
