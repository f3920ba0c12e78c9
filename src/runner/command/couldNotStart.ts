/** A task cannot even be begun. The message is the sentence that its failure carries. */
export class CouldNotStart extends Error {
  override readonly name = 'CouldNotStart';
}
