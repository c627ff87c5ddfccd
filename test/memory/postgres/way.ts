// A way to a server that can be cut, or goes dead without a word.
import { once } from "node:events";
import { connect as connectTo, createServer, type Socket } from "node:net";

/** Starts it on a free port. */
export async function startWay(port: number) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let isSilent = false;
  const way = createServer((socket) => {
    if (!isOpen) return void socket.destroy();
    const onward = connectTo(port, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined).on("close", () => void other.destroy());
      one.on("data", (chunk) => {
        if (!isSilent) other.write(chunk);
      });
    }
  });
  way.listen(0, "127.0.0.1");
  await once(way, "listening");
  const address = way.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut: () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isOpen = true;
      isSilent = false;
    },
    /** All connections stay, and nothing comes through any more. */
    silence: () => {
      isSilent = true;
    },
    close: () => {
      way.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
