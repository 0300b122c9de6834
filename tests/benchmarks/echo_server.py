"""Another process to talk to: prints its port, and sends back every line until it is ended."""

import asyncio


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back every line."""
    while line := await reader.readline():
        writer.write(line)
    writer.close()


async def main() -> None:
    """Serve."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
