import { eventually } from '@macula/testkit';

/** Asks again and again, one question at a time, until the answer is yes. */
export async function until(question: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  let answer = false;
  let asking = false;
  await eventually(
    () => {
      if (!asking && !answer) {
        asking = true;
        void question()
          .then((yes) => (answer = yes))
          .finally(() => (asking = false));
      }
      return answer;
    },
    { limitMs },
  );
}
