package pipeline

// keyOutput is the key of structured log lines that names the output.
const keyOutput = "output"
