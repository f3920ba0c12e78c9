declare module 'pgpass' {
  /** Calls back with the password from the user's password file, if that has one for this connection. */
  function pgpass(
    of: { host: string; port: number; database: string; user: string },
    callback: (password: string | undefined) => void,
  ): void;
  export = pgpass;
}
