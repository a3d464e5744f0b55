import { killAgainAndAgain } from './support/kills.js';
import { describeEmbedded } from './support/server-under-test.js';

describeEmbedded('a kill', () => {
  it('loses nothing that was acknowledged and brings nothing back', async () => {
    const { acknowledged, lost, wrong } = await killAgainAndAgain(6);
    expect({ lost, wrong }).toEqual({ lost: [], wrong: [] });
    expect(acknowledged).toBeGreaterThan(0);
  });
});
