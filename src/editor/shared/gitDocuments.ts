/** The scheme of documents that show what git knows of earlier contents of files. */
export const gitScheme = 'sparkq-git';
/** Starts the query of a document that shows the content with an id, not a file of a commit. */
export const blob = 'blob=';
