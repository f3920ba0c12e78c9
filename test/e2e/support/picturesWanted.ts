/** Whether the tests leave pictures of what they see: each costs as much as a click. */
export const picturesWanted = process.env.SPARKQ_TEST_PICTURES === '1';
