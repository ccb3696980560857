// Gives the precompiled header a unit to live in.
