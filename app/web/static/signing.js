/* Signing at one's own machine: the page asks the program there, and tells the office what it answered. The key and its
   PIN stay with the program; nothing is kept in the browser, so the page may be closed and opened again at any time. */
(() => {
  "use strict";
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const { desk: provider, begin, progress, answer, agent } = desk.dataset;
  const button = desk.querySelector("[data-desk-sign]");
  const told = desk.querySelector("[data-desk-told]");
  const code = desk.querySelector("[data-desk-code]");
  const token = desk.querySelector("input[name=csrf_token]").value;
  const POLL = 700, PATIENCE = 120000, HUMAN = 200000;

  const word = (name) => {
    const found = desk.querySelector(`[data-word="${CSS.escape(name)}"]`);
    return found ? found.textContent : desk.querySelector("[data-word=failed]").textContent;
  };
  const say = (kind, text) => {
    told.className = "notice " + kind;
    told.querySelector("p").textContent = text;
    told.hidden = false;
  };
  class Trouble extends Error {}
  const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

  /* The office. Its own sentences are shown as they are. */
  const office = async (address, body) => {
    const options = body ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token } } : {};
    const response = await fetch(address, { ...options, headers: { ...options.headers, Accept: "application/json" } });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      throw new Trouble(problem.detail || word("failed"));
    }
    return response.json();
  };
  const until = async (stages) => {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await wait(POLL)) {
      const now = await office(progress);
      if (now.state === "done") return now;
      if (now.failure) throw new Trouble(now.failure);
      if (now.state !== "waiting") throw new Trouble(word("failed"));
      if (stages.includes(now.stage)) return now;
    }
    throw new Trouble(word("slow"));
  };

  /* Our program. */
  const ask = async (path, body) => {
    const options = body ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
    const time = body ? HUMAN : 15000;
    const response = await fetch(agent + path, { ...options, signal: AbortSignal.timeout(time) }).catch(() => { throw new Trouble(word("absent")); });
    const found = await response.json().catch(() => ({}));
    if (!response.ok) throw new Trouble(word(found.error || "failed"));
    return found;
  };
  const byAgent = async () => {
    say("info", word("looking"));
    const whose = await ask("/certificate");
    say("info", word("preparing"));
    await office(begin, whose);
    const { asked, state } = await until(["ready"]);
    if (state === "done") return;
    code.textContent = asked.code;
    code.closest("[hidden]").hidden = false;
    say("soon", word("agree"));
    const { signatures } = await ask("/sign", { digests: asked.digests, what: asked.what });
    await office(answer, { turn: asked.turn, raw: signatures[0] });
  };

  /* The plugin of the government authority: it fetches the file, signs it, and brings it back by itself. */
  const byPlugin = async () => {
    say("info", word("preparing"));
    await office(begin, {});
    const { asked, state } = await until(["ready"]);
    if (state === "done") return;
    say("soon", word("looking"));
    await new Promise((resolve, reject) => {
      const socket = new WebSocket(asked.address);
      const late = setTimeout(() => { socket.close(); reject(new Trouble(word("slow"))); }, HUMAN);
      let open = false;
      socket.onopen = () => { open = true; socket.send(JSON.stringify(asked.message)); };
      socket.onclose = () => { clearTimeout(late); reject(new Trouble(word(open ? "failed" : "vgca_absent"))); };
      socket.onmessage = (event) => {
        let reply = {};
        try { reply = JSON.parse(event.data); } catch (_) { /* said below */ }
        clearTimeout(late);
        if (reply.Status === true || reply.Status === 0) resolve();
        else reject(new Trouble(String(reply.Message || reply.Error || word("failed")).slice(0, 300)));
        socket.close();
      };
    });
  };

  const finished = async () => {
    say("info", word("checking"));
    await until([]);
    say("done", word("done"));
    location.reload();
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await (provider === "agent" ? byAgent() : byPlugin());
        await finished();
      } catch (trouble) {
        say("late", trouble instanceof Trouble ? trouble.message : word("failed"));
        button.disabled = false;
      }
    });
  }
  if (desk.dataset.stage === "checking") finished().catch((trouble) => say("late", trouble.message));
})();
