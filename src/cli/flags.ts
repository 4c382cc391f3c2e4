/** The one table of flags: parsing, --help and docs/cli.md all come from it. Names with an underscore are Caffe's. */
import type { CommandName } from './commands.js';

export type FlagType = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'choice';

export interface Flag {
  readonly type: FlagType;
  /** Stands for the value in help: `--solver FILE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** One letter, as in `-q`. */
  readonly short?: string;
  /** Other long names that mean the same. */
  readonly aliases?: readonly string[];
  /** Inclusive bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  readonly commands: readonly CommandName[] | 'all';
  /** Caffe's programs take it everywhere, so a command that has no use for it warns instead of refusing. */
  readonly caffe?: true;
  readonly help: string;
  /** Where it means something of its own for a command. */
  readonly helpFor?: Partial<Record<CommandName, string>>;
}

const NETS = ['train', 'test', 'plan', 'time', 'net', 'draw'] as const;
const GPU = ['train', 'test', 'match', 'embed', 'enroll', 'time'] as const;
const GALLERY = ['enroll', 'unenroll', 'gallery', 'calibrate'] as const;
const SERVES = ['test', 'match', 'embed', 'plot', 'report', 'deploy', 'export', ...GALLERY] as const;

export const FLAGS = {
  solver: {
    type: 'string',
    value: 'FILE',
    commands: [
      'train',
      'test',
      'plan',
      'time',
      'embed',
      'plot',
      'report',
      'deploy',
      'export',
      'net',
      'draw',
      'calibrate',
    ],
    caffe: true,
    help: 'the solver, a prototxt',
    helpFor: { test: 'the solver that names the net; a snapshot trained from this folder knows it' },
  },
  model: {
    type: 'string',
    value: 'FILE',
    commands: ['test', 'plan', 'time', 'embed', 'plot', 'report', 'deploy', 'export', 'net', 'draw', 'calibrate'],
    caffe: true,
    help: 'the net, a prototxt',
  },
  snapshot: {
    type: 'string',
    value: 'FILE',
    commands: ['train', ...SERVES],
    caffe: true,
    help: 'the trained net, a .caffemodel or .solverstate; without it, the newest snapshot of this folder',
    helpFor: { train: 'a .solverstate to go on from; not together with --weights' },
  },
  weights: {
    type: 'list',
    value: 'FILE,...',
    commands: ['train', ...SERVES],
    caffe: true,
    help: 'the trained net as .caffemodel files, for a net given by --model',
    helpFor: { train: '.caffemodel files to start from, matched by layer name; not together with --snapshot' },
  },
  iterations: {
    type: 'integer',
    value: 'N',
    default: 50,
    min: 1,
    commands: ['test', 'time'],
    caffe: true,
    help: 'batches to run',
    helpFor: { test: "run Caffe's own test, over N batches, and print the net's outputs" },
  },
  gpu: {
    type: 'string',
    value: 'IDS',
    commands: ['train', 'test', 'match', 'embed', 'enroll', 'time', 'device_query'],
    caffe: true,
    help: 'the GPU to use, by its number; an error where there is no CUDA engine. Without it, the CPU',
    helpFor: {
      train: 'the GPU to use, by its number; an error where there is no CUDA engine. Without it, what solver_mode says',
      device_query: 'GPUs to list: "0", "0,1" or "all"',
    },
  },
  precision: {
    type: 'choice',
    choices: ['fp32', 'tf32', 'bf16'],
    default: 'fp32',
    commands: GPU,
    help: 'how a GPU multiplies: tf32 and bf16 are faster and keep 10 and 7 bits of the factors instead of 23',
  },
  fast: {
    type: 'boolean',
    default: false,
    commands: GPU,
    help: 'let a GPU use algorithms that sum in no fixed order: two runs may then differ in the last bits',
  },
  phase: {
    type: 'choice',
    choices: ['TRAIN', 'TEST'],
    commands: ['plan', 'time', 'net', 'draw'],
    caffe: true,
    help: 'the phase to build the net for',
  },
  level: {
    type: 'integer',
    value: 'N',
    default: 0,
    commands: NETS,
    caffe: true,
    help: 'level of the NetState, for include and exclude rules',
  },
  shape: {
    type: 'list',
    value: 'C,H,W',
    commands: ['net', 'draw'],
    help: "channels, height and width of a record, where the net's data is not here",
  },
  stage: {
    type: 'list',
    value: 'NAME,...',
    commands: NETS,
    caffe: true,
    help: 'stages of the NetState, for include and exclude rules',
  },
  sigint_effect: {
    type: 'choice',
    choices: ['snapshot', 'stop', 'none'],
    default: 'stop',
    commands: ['train'],
    caffe: true,
    help: 'what Ctrl-C does; a second one quits at once',
  },
  sighup_effect: {
    type: 'choice',
    choices: ['snapshot', 'stop', 'none'],
    default: 'snapshot',
    commands: ['train'],
    caffe: true,
    help: 'what a hang-up signal does',
  },
  threads: {
    type: 'integer',
    value: 'N',
    default: 0,
    min: 0,
    max: 1024,
    commands: ['train', 'test', 'match', 'embed', 'plot', 'report', 'time', 'demo', 'enroll', 'gallery', 'calibrate'],
    help: 'threads of the CPU engine; 0: one per core',
  },
  workers: {
    type: 'integer',
    value: 'N',
    min: 0,
    max: 256,
    commands: ['train', 'test', 'time'],
    help: 'threads that decode images ahead, for data sets of image files or encoded records; 0: none; by default one per core',
  },
  seed: {
    type: 'integer',
    value: 'N',
    min: -1,
    max: 4294967295,
    commands: ['train', 'data'],
    help: "replaces the solver's random_seed; -1: from the clock",
    helpFor: { data: 'import: seed of --shuffle; -1: from the clock' },
  },
  'max-iter': {
    type: 'integer',
    value: 'N',
    min: 0,
    commands: ['train'],
    help: "replaces the solver's max_iter",
  },
  'label-stats': {
    type: 'boolean',
    commands: ['train'],
    help: 'at each display, show how often each label was trained on',
  },
  monitor: {
    type: 'boolean',
    default: true,
    commands: ['train'],
    help: 'at each display, do not measure the distances of the encodings and look for a collapse',
  },
  towers: {
    type: 'boolean',
    default: true,
    commands: ['train', 'test', 'plan', 'time'],
    help: 'run towers that share their weights one after another, not as one batch',
  },
  fuse: {
    type: 'boolean',
    default: true,
    commands: ['train', 'test', 'plan', 'time'],
    help: 'run each layer by itself: no ReLU, pooling or scale within the layer before it',
  },
  'train-data': {
    type: 'string',
    value: 'SOURCE',
    commands: ['test'],
    help: "single labelled images to compute centroids from, instead of the net's own training records",
  },
  'test-data': {
    type: 'string',
    value: 'SOURCE',
    commands: ['test', 'embed', 'plot', 'report'],
    help: "single labelled images to test with, instead of the net's own test records",
  },
  blob: {
    type: 'string',
    value: 'NAME',
    commands: ['train', 'test', 'embed', 'plot', 'report', 'deploy', 'export'],
    help: 'the blob to take as encoding; without it, the one that the loss compares',
  },
  'min-accuracy': {
    type: 'number',
    value: 'SHARE',
    min: 0,
    max: 1,
    commands: ['test'],
    help: 'exit with 1 when the nearest-centroid accuracy is below this share (0.98 is 98 %)',
  },
  baselines: {
    type: 'boolean',
    default: true,
    commands: ['test'],
    help: 'leave out the untrained net and the raw pixels beside the figures',
  },
  k: {
    type: 'integer',
    value: 'N',
    short: 'k',
    min: 1,
    commands: ['test', 'match', 'calibrate'],
    help: 'distance to a class: the mean over its N nearest training images, instead of to its centroid',
  },
  threshold: {
    type: 'number',
    value: 'DISTANCE',
    min: 0,
    commands: ['match'],
    help: "accept up to this distance, instead of each class's own threshold",
  },
  gallery: {
    type: 'string',
    value: 'FILE',
    commands: ['match', ...GALLERY],
    help: 'the gallery of enrolled classes; without it, the one beside the snapshot',
  },
  classes: {
    type: 'choice',
    choices: ['all', 'trained', 'enrolled'],
    default: 'all',
    commands: ['match'],
    help: 'which classes to match against',
  },
  metrics: {
    type: 'choice',
    choices: ['basic', 'all'],
    default: 'basic',
    commands: ['test'],
    help: 'all: neighbours, pairs (ROC AUC, EER), retrieval (recall@k, MAP@R), clusters (NMI, AMI), open set, with intervals',
  },
  confusion: {
    type: 'boolean',
    commands: ['test'],
    help: 'print the whole confusion matrix: a line for each class, a column for each that it was matched to',
  },
  'hold-out': {
    type: 'list',
    value: 'CLASS,...',
    commands: ['test'],
    help: 'measure these classes as unknown ones, and as enrolled from one image each',
  },
  episodes: {
    type: 'integer',
    value: 'N',
    min: 1,
    commands: ['test'],
    help: 'measure N episodes of few-shot matching among the test classes (see --ways and --shots)',
  },
  ways: { type: 'integer', value: 'N', default: 5, min: 2, commands: ['test'], help: 'classes of an episode' },
  shots: { type: 'integer', value: 'N', default: 1, min: 1, commands: ['test'], help: 'examples of each class' },
  across: {
    type: 'boolean',
    commands: ['test'],
    help: 'draw the classes of an episode from all groups; without it, from one ("Greek" of "Greek/alpha")',
  },
  runs: {
    type: 'string',
    value: 'FOLDER',
    commands: ['test'],
    help: 'measure one-shot classification in the runs of this folder, each with class_labels.txt, training/ and test/',
  },
  tta: {
    type: 'integer',
    value: 'N',
    default: 1,
    min: 1,
    max: 1000,
    commands: ['test', 'match', 'enroll', 'gallery', 'calibrate'],
    help: 'take the mean of N encodings of each image: its own, and those of N - 1 slightly turned, shifted and stretched copies',
    helpFor: { gallery: 'import: mean of N encodings of each image: its own, and those of slightly changed copies' },
  },
  far: {
    type: 'number',
    value: 'SHARE',
    min: 0,
    max: 1,
    commands: ['calibrate'],
    help: 'the largest threshold with at most this false-accept rate (0.001 is 0.1 %, which is also the default)',
  },
  eer: { type: 'boolean', commands: ['calibrate'], help: 'the threshold of the equal error rate' },
  balanced: {
    type: 'boolean',
    commands: ['calibrate'],
    help: 'the threshold with the best accuracy, pairs of both kinds counting the same',
  },
  'per-class': {
    type: 'boolean',
    commands: ['calibrate'],
    help: 'a threshold for each class that has pairs enough, beside the one for all',
  },
  reset: { type: 'boolean', commands: ['calibrate'], help: 'forget the calibration' },
  'files-from': {
    type: 'string',
    value: 'FILE',
    commands: ['match', 'embed', 'enroll'],
    help: 'read names of images from FILE, one a line; "-" is standard input',
  },
  null: {
    type: 'boolean',
    short: '0',
    commands: ['match', 'embed', 'enroll'],
    help: 'names in --files-from end with a NUL byte, as `find -print0` writes them',
  },
  onnx: {
    type: 'boolean',
    commands: ['export'],
    help: 'as an ONNX file',
  },
  projection: {
    type: 'choice',
    choices: ['pca', 'umap'],
    default: 'pca',
    commands: ['plot', 'report'],
    help: 'encodings of more than two numbers: by principal components, or by UMAP',
  },
  log: {
    type: 'string',
    value: 'FILE',
    commands: ['report'],
    help: "the training's log; without it, one beside the snapshot that names it",
  },
  layer: {
    type: 'string',
    value: 'NAME',
    commands: ['plot'],
    help: 'weights: of this layer only',
  },
  minus: {
    type: 'string',
    value: 'FILE',
    commands: ['plot'],
    help: 'weights: subtract those of this .caffemodel, to see what changed',
  },
  rankdir: {
    type: 'choice',
    choices: ['TB', 'LR'],
    default: 'TB',
    commands: ['draw'],
    help: 'the data at the top (TB) or at the left (LR)',
  },
  format: {
    type: 'choice',
    choices: ['csv', 'jsonl', 'npy'],
    commands: ['embed'],
    help: 'form of the encodings; without it, by the name of --output, else csv',
  },
  output: {
    type: 'string',
    value: 'FILE',
    short: 'o',
    commands: ['plot', 'report', 'draw', 'deploy', 'export', 'upgrade', 'embed', 'gallery'],
    help: 'where to write; without it, standard output',
    helpFor: {
      plot: 'where to write: a .png or .svg; without it, named as the plot',
      draw: 'where to write: a .svg or .png; without it, net.svg',
      export: "where to write; without it, the snapshot's name with .onnx",
      report: "where to write; without it, the snapshot's name with .html",
    },
  },
  shuffle: {
    type: 'boolean',
    commands: ['data'],
    help: 'import: write the records in random order',
  },
  gray: {
    type: 'boolean',
    commands: ['data'],
    help: 'import folder, import list, mean: bring colour images to gray',
  },
  size: {
    type: 'string',
    value: 'HxW',
    commands: ['data'],
    help: 'import folder, import list, check, mean: bring images of any size to this height and width',
  },
  encoded: {
    type: 'boolean',
    commands: ['data'],
    help: 'import folder, import list: store image files, not pixels',
  },
  interpolation: {
    type: 'choice',
    choices: ['area', 'linear'],
    default: 'area',
    commands: ['data'],
    help: "--size: by means over areas where an image shrinks, or bilinear, as Caffe's convert_imageset does",
  },
  positives: {
    type: 'string',
    value: 'SHARE',
    commands: ['data'],
    help: 'import pairs: share of pairs of one class, 0 to 1; "random" draws both images freely, as Caffe does',
  },
  count: {
    type: 'integer',
    value: 'N',
    min: 1,
    commands: ['data'],
    help: 'import pairs: how many; by default as many as there are images',
  },
  force: {
    type: 'boolean',
    short: 'f',
    commands: ['data', 'plot', 'report', 'draw', 'deploy', 'export', 'upgrade', 'embed', 'enroll', 'gallery'],
    help: 'replace what is already there',
    helpFor: {
      enroll: 'take an image that another class holds',
      gallery: 'replace a file; take images that other classes hold',
    },
  },
  json: { type: 'boolean', commands: 'all', help: 'print the result as one JSON object' },
  jsonl: {
    type: 'boolean',
    commands: ['train', 'match', 'embed'],
    help: 'print one JSON object a line, as results come',
  },
  color: {
    type: 'choice',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    aliases: ['colour'],
    commands: 'all',
    help: 'colours; auto: on a terminal, unless NO_COLOR is set or TERM is dumb (FORCE_COLOR turns them on)',
  },
  quiet: { type: 'boolean', short: 'q', commands: 'all', help: 'no talk on standard error, only warnings and errors' },
  verbose: {
    type: 'boolean',
    short: 'v',
    commands: 'all',
    help: "more talk: Caffe's log on a terminal too, causes of errors",
  },
  help: { type: 'boolean', short: 'h', commands: 'all', help: 'how to use the command' },
  version: { type: 'boolean', commands: 'all', help: 'the version of siamese' },
  flagfile: {
    type: 'string',
    value: 'FILE',
    commands: 'all',
    caffe: true,
    help: 'read further flags from FILE, one a line',
  },
  logtostderr: {
    type: 'boolean',
    aliases: ['alsologtostderr'],
    commands: 'all',
    caffe: true,
    help: 'taken for the sake of scripts for Caffe: the log always goes to standard error',
  },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof FLAGS;

type Table = typeof FLAGS;

type ValueOf<F> = F extends { type: 'boolean' }
  ? boolean
  : F extends { type: 'integer' | 'number' }
    ? number
    : F extends { type: 'list' }
      ? string[]
      : F extends { choices: readonly (infer C)[] }
        ? C
        : string;

/** Values by flag name; a flag that was not given and has no default is undefined. */
export type FlagValues = {
  -readonly [K in FlagName]: Table[K] extends { default: unknown } ? ValueOf<Table[K]> : ValueOf<Table[K]> | undefined;
};

export const flagNames = Object.keys(FLAGS) as FlagName[];

export function flag(name: FlagName): Flag {
  return FLAGS[name];
}

/** Flags that a command takes, in table order. */
export function flagsOf(command: CommandName): FlagName[] {
  return flagNames.filter((name) => {
    const { commands } = flag(name);
    return commands === 'all' || commands.includes(command);
  });
}

/** The flag behind a long name as typed (dashes or underscores, aliases), or undefined. */
export function findFlag(typed: string): FlagName | undefined {
  const key = typed.replaceAll('_', '-');
  return flagNames.find(
    (name) => name.replaceAll('_', '-') === key || flag(name).aliases?.some((a) => a.replaceAll('_', '-') === key),
  );
}

export function findShortFlag(letter: string): FlagName | undefined {
  return flagNames.find((name) => flag(name).short === letter);
}
