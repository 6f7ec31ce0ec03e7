// A line in which one thing is done after the other; whoever waits is told how many come first.
import { t } from "./server.js";

export class Line {
  // `said`: the sentence for who waits. `after`: another line that has precedence.
  constructor(said, after = null) {
    this.said = said;
    this.after = after;
    this.waiting = [];
    this.busy = false;
    this.idle = Promise.resolve();
  }

  // `work`: say, onCancel, begin and remove. `run` is called when its turn comes.
  add(work, run) {
    const item = { work, run };
    work.onCancel(() => {
      const place = this.waiting.indexOf(item);
      if (place < 0) return; // under way, or done
      this.waiting.splice(place, 1);
      work.remove();
      this.tell();
    });
    this.waiting.push(item);
    this.tell();
    if (!this.busy) {
      this.busy = true;
      this.idle = this.walk();
    }
  }

  async walk() {
    try {
      for (;;) {
        while (this.after?.busy) await this.after.idle;
        const item = this.waiting.shift();
        if (!item) return;
        this.tell();
        item.work.begin();
        // What went wrong with one is told by itself, and keeps nobody else waiting.
        await item.run(item.work).catch((error) => { setTimeout(() => { throw error; }); });
      }
    } finally {
      this.busy = false;
    }
  }

  tell() {
    this.waiting.forEach(({ work }, i) => work.say(t(this.said, { count: i + 1 })));
  }
}
