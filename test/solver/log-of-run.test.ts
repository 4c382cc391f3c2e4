/** The log of whole runs, line by line beside Caffe's own; debug_info against blobs that Caffe dumped; several test nets. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { formatG, logLines } from '../../src/solver/log';
import { closeAll, MINI, mini, type Run, relative, start } from './mini';

afterEach(closeAll);

/** Source and text; the pace and the folder of the files are our own. */
const normal = (line: string) => line.replace(/\(.* iters\)/, '(pace)').replace(/(file|from) \/\S*\/(\S+)$/, '$1 $2');
const NUMBER = /-?\d+\.?\d*(?:e[+-]\d+)?/g;

function linesOfCaffe(name: string): string[] {
  const text = gunzipSync(readFileSync(mini(`${name}.log.gz`))).toString();
  return text.split('\n').flatMap((line) => {
    const found = /^\w\d+ \S+ +\d+ ((?:(?:sgd_)?solver|caffe)\.cpp:\d+\] .*)$/.exec(line);
    const skipped = /Use CPU|Initializing solver/;
    return found && !skipped.test(found[1]!) ? [normal(found[1]!)] : [];
  });
}

function linesOf({ events }: Run): string[] {
  return events.flatMap((event) => {
    // Where the data begin anew is told as they are fetched, which is sooner or later than Caffe's own thread does.
    if (['initializing', 'warning', 'restart'].includes(event.type)) return [];
    return logLines(event).map(({ source, text }) => normal(`${source}] ${text}`));
  });
}

test('the data beginning anew is told in the words of Caffe, as often', async () => {
  const { solver, events } = await start('policy_multistep');
  await solver.train();
  const lines = events.filter(({ type }) => type === 'restart').flatMap(logLines);
  const text = gunzipSync(readFileSync(mini('policy_multistep.log.gz'))).toString();
  const theirs = [...text.matchAll(/(data_layer\.cpp:73)\] (Restarting .*)/g)].map(([, source, words]) => ({
    severity: 'I',
    source,
    text: words,
  }));
  expect(lines).toEqual(theirs.slice(0, lines.length));
  // Caffe's thread reads a few batches further ahead.
  expect(theirs.length - lines.length).toBeLessThanOrEqual(2);
});

test.each(['policy_multistep', 'no_test_init'])('%s: every line of the solver in Caffe, in its order', async (name) => {
  const run = await start(name, {}, { monitor: false }); // the monitor's line is our own
  await run.solver.train();
  const [ours, theirs] = [linesOf(run), linesOfCaffe(name)];
  expect(ours.map((line) => line.replace(NUMBER, '#'))).toEqual(theirs.map((line) => line.replace(NUMBER, '#')));
  ours.forEach((line, i) => {
    const expected = theirs[i]!.match(NUMBER) ?? [];
    // Losses agree to 1e-4 and are printed with 6 digits.
    (line.match(NUMBER) ?? []).forEach((number, k) => {
      expect(relative(Number(number), Number(expected[k]))).toBeLessThan(2e-4);
    });
  });
});

/** Mean absolute values of the blobs that Caffe dumped for the first batch. */
function dumpOfCaffe(): (blob: string, kind: 'data' | 'diff') => string {
  const bytes = gunzipSync(readFileSync(mini('onebatch_init.gold.gz')));
  const raw = 12 + bytes.readUInt32LE(8);
  const { blobs } = JSON.parse(bytes.subarray(12, raw).toString()) as {
    blobs: { role: string; name: string; kind: string; count: number; offset: number }[];
  };
  return (name, kind) => {
    const blob = blobs.find(
      (candidate) => candidate.name === name && candidate.kind === kind && candidate.role === 'blob',
    )!;
    let sum = 0;
    for (let i = 0; i < blob.count; i++) sum += Math.abs(bytes.readFloatLE(raw + blob.offset + 4 * i));
    return formatG(sum / blob.count);
  };
}

test('debug_info: mean absolute data and diff of every blob', async () => {
  const change = {
    net: 'onebatch.prototxt',
    debug_info: true,
    display: 2,
    max_iter: 4,
    test_iter: [],
    test_interval: 0,
  };
  const run = await start('type_sgd', change);
  await run.solver.train();
  const debug = run.events.filter((event) => event.type === 'debug');
  expect(debug).toHaveLength(2);
  const value = (line: string) =>
    Number(
      debug[0]!.lines
        .find((text) => text.includes(line))!
        .split(': ')
        .at(-1),
    );
  const caffe = dumpOfCaffe();
  for (const blob of ['pair_data', 'data_p', 'conv1', 'pool1_p', 'conv2', 'pool2', 'ip1', 'feat', 'feat_p', 'loss']) {
    expect(relative(value(`top blob ${blob} data`), Number(caffe(blob, 'data')))).toBeLessThan(1e-5);
  }
  for (const blob of ['conv1', 'pool1', 'conv2_p', 'pool2', 'ip1', 'feat', 'feat_p']) {
    expect(relative(value(`bottom blob ${blob} diff`), Number(caffe(blob, 'diff')))).toBeLessThan(1e-5);
  }
  const [first, ...rest] = debug[0]!.lines;
  expect(first).toMatch(/^ {4}\[Forward\] Layer pair_data, top blob pair_data data: 0\.\d+$/);
  expect(rest).toContainEqual(expect.stringMatching(/^ {4}\[Forward\] Layer conv1_p, param blob conv1_w data: /));
  expect(rest).toContainEqual(expect.stringMatching(/^ {4}\[Backward\] Layer conv1, param blob 0 diff: /));
  expect(rest.at(-1)).toMatch(/^ {4}\[Backward\] All net params \(data, diff\): L1 norm = \(\S+, \S+\); L2 norm = \(/);

  // Looking changes nothing.
  const blind = await start('type_sgd', { ...change, debug_info: false });
  await blind.solver.train();
  expect(run.displays().map(({ loss }) => loss)).toEqual(blind.displays().map(({ loss }) => loss));
});

test('several test nets: each its own batches, stages and cursor, all with the weights being trained', async () => {
  const staged = readFileSync(mini('train_test.prototxt'), 'utf8').replace(
    'include { phase: TEST }',
    'include { phase: TEST stage: "other" }',
  );
  expect(staged).toContain('stage: "other"');
  const { parseNet } = await import('../../src/proto/files');
  const other = parseNet(staged.replaceAll('"test_leveldb"', `"${MINI}/test_leveldb"`), 'staged.prototxt').message;
  const change = {
    max_iter: 2,
    test_interval: 1,
    test_net_param: [other],
    test_state: [{ stage: ['other'] }, {}],
    test_iter: [4, 1],
  };
  const { solver, events } = await start('type_sgd', change);
  expect(solver.testNets).toHaveLength(2);
  await solver.train();
  const tests = events.filter((event) => event.type === 'test');
  expect(tests.map(({ iteration, net }) => [iteration, net])).toEqual(
    [0, 1, 2].flatMap((i) => [
      [i, 0],
      [i, 1],
    ]),
  );
  // The golden run of one test net of 4 batches begins with this value; the second net sees the first batch only.
  expect(relative(tests[0]!.outputs[0]!.value, 0.222184137)).toBeLessThan(1e-5);
  expect(tests[1]!.outputs[0]!.value).not.toBe(tests[0]!.outputs[0]!.value);
});
