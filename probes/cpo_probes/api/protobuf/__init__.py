"""Protocol Buffers: sources and descriptor sets."""
