"""What is kept of earlier records because later ones are mostly like them, and how much of it."""

KEPT = 10_000


def remember(memory, key, value):
    """Keeps a value in a dictionary, which starts anew when it holds KEPT of them; the value."""
    if len(memory) >= KEPT:
        memory.clear()
    memory[key] = value
    return value
