/** Jest reporter: one last plain line with the counts, for people and for CI. */

class Summary {
  onRunComplete(_contexts, results) {
    // A suite that does not even load counts as one failure: its tests were never seen.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // On exit, because jest prints its own summary after the reporters are done.
    process.once('exit', () => console.log(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`));
  }
}

module.exports = Summary;
