/** Jest reporter: one last plain line with the counts, for people and for CI. */

class Summary {
  onRunComplete(_contexts, results) {
    // A suite that does not even load counts as one failure: its tests were never seen.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stderr.write('');
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}

module.exports = Summary;
