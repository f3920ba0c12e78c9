/** Imports of style sheets are for the bundler, which writes them next to the script. */
declare module '*.css';
