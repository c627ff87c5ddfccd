// The WebSocket client, in a file of its own: it is loaded with the first server that listens on a socket.
export { WebSocket } from "ws";
