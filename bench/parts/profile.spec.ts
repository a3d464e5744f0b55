import { sharesOf } from './profile.js';

const frame = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url },
  children,
});

/** Ten microseconds for each sample. */
function profileOf(...samples: number[]) {
  return {
    startTime: 1000,
    nodes: [
      frame(1, '(root)', '', [2, 3, 5, 6]),
      frame(2, '(idle)', ''),
      frame(3, 'send', 'file:///app/node_modules/mongodb/lib/a.js', [4]),
      frame(4, 'write', 'node:net', [7]),
      frame(5, 'read', 'node:net'),
      frame(6, 'render', 'file:///app/dist/src/core/views/views.js'),
      frame(7, 'writev', ''),
    ],
    samples,
    timeDeltas: samples.map(() => 10),
  };
}

it('gives a package what it calls of Node, and nobody the idle time', () => {
  expect(sharesOf(profileOf(3, 4, 7, 2, 2, 5), 0)).toEqual([
    { name: 'mongodb', share: 0.75 },
    { name: 'node', share: 0.25 },
  ]);
});

it('counts our own code by its room, and nothing before the beginning', () => {
  expect(sharesOf(profileOf(3, 3, 6), 1030)).toEqual([{ name: 'product: core', share: 1 }]);
});
