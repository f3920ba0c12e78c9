/** Style sheets are imported for the bundler, which gathers them beside the script. */
declare module '*.css';
