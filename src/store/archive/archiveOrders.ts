/** What the thread of the archive can be asked to do. */

import { eraseFromArchive, shortenMonth } from './rewriteArchive';
import { type ArchivePage, type ArchiveSearch, searchArchive } from './searchArchive';

export type ArchiveOrder =
  | { do: 'search'; folder: string; search: ArchiveSearch }
  | { do: 'erase'; folder: string; ids: readonly string[] }
  | { do: 'shorten'; folder: string; month: string; bytes: number };

interface Answers {
  search: ArchivePage;
  /** How many lines were erased. */
  erase: number;
  shorten: undefined;
}

export type ArchiveAnswer<O extends ArchiveOrder> = Answers[O['do']];

export function carryOut(order: ArchiveOrder): Answers[keyof Answers] {
  switch (order.do) {
    case 'search':
      return searchArchive(order.folder, order.search);
    case 'erase':
      return eraseFromArchive(order.folder, order.ids);
    case 'shorten':
      return void shortenMonth(order.folder, order.month, order.bytes);
  }
}
