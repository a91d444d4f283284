"""gateway: HTTP and WebSocket in, the live view and its event stream out."""
