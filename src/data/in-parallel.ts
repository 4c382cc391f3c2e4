/** Runs a task for each of many items, a few at a time: more would only hold more memory. */

/** Calls `task` for 0 .. count - 1. After the first failure no further task begins; rejects when all have ended. */
export async function inParallel(count: number, atOnce: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    try {
      while (next < count) await task(next++);
    } catch (error) {
      next = count;
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(atOnce, count) }, work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
