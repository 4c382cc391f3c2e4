/** siamese plan: shows a net as the engine will run it. */
import { compile } from '../../plan/compile.js';
import { printPlan } from '../../plan/print.js';
import { planSolver } from '../../solver/settings.js';
import { type Call, refuseArguments } from '../call.js';
import { buildChosen, chooseNet, closeSources } from '../nets.js';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { flags, terminal } = call;
  const phase = flags.phase ?? 'TRAIN';
  const chosen = chooseNet(call, phase);
  const { net, sources } = await buildChosen(chosen, (warning) => terminal.warn(warning));
  await closeSources(sources);
  const train = phase === 'TRAIN';
  const solver = train && chosen.solver ? planSolver(chosen.solver) : undefined;
  const plan = compile(net, { train, towers: flags.towers, fuse: flags.fuse, ...(solver && { solver }) });
  if (terminal.json) terminal.outJson('siamese.plan/1', { plan });
  else terminal.out(printPlan(plan, net).trimEnd());
  if (train && flags.solver) terminal.next(`siamese train --solver ${flags.solver}`);
  return 0;
}
