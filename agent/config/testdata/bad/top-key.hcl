memory = "64MiB" # error: unknown key "memory" | in the block agent
