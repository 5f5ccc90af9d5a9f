/* Setting up a signature of the plugin: it shows the certificate of the token that is plugged in (GetCertInfo), which is
   given to the form as if its owner had chosen the file. Nothing else is asked; the plugin may not be there. */
(() => {
  "use strict";
  const part = document.querySelector("[data-read-certificate]");
  const input = document.querySelector("input[type=file][name=certificate]");
  if (!part || !input) return;
  const button = part.querySelector("button"), told = part.querySelector("[data-told]");
  const PATIENCE = 60000, LONGEST = 32000;
  const say = (name) => { told.textContent = part.querySelector(`[data-word=${name}]`).textContent; };

  /* Its versions name the certificate in their own ways: any text of base64 that begins like one (DER, or PEM). */
  const certificate = (found, depth) => {
    if (typeof found === "string" && found.length <= LONGEST) {
      const bare = found.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
      if (/^MII[A-Za-z0-9+/]+=*$/.test(bare)) return bare;
      if (!/^\s*[[{]/.test(found)) return "";
      try { return certificate(JSON.parse(found), depth + 1); } catch (_) { return ""; }
    }
    if (!found || typeof found !== "object" || depth > 3) return "";
    for (const one of Object.values(found)) {
      const inside = certificate(one, depth + 1);
      if (inside) return inside;
    }
    return "";
  };
  const give = (base64) => {
    const lines = base64.match(/.{1,64}/g).join("\n");
    const files = new DataTransfer();
    files.items.add(new File([`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`], "chung-thu.cer"));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const ask = () => new Promise((resolve) => {
    const socket = new WebSocket(part.dataset.readCertificate);
    const late = setTimeout(() => socket.close(), PATIENCE);
    let open = false;
    socket.onopen = () => { open = true; socket.send(JSON.stringify({ SessionId: "", JWTToken: "" })); };
    socket.onclose = () => { clearTimeout(late); resolve(open ? "none" : "absent"); };
    socket.onmessage = (event) => {
      const found = certificate(event.data, 0);
      if (found) give(found);
      resolve(found ? "done" : "none");
      socket.close();
    };
  });

  part.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("looking");
    try { say(await ask()); } catch (_) { say("absent"); }
    button.disabled = false;
  });
})();
