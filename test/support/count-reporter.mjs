/** Ends the output with one plain line that says how many tests passed and failed. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const broken = results.numRuntimeErrorTestSuites;
    console.log(`\n${results.numPassedTests} passed, ${results.numFailedTests + broken} failed`);
  }
}
