// Package poison remembers a record that an output will never take, from the
// refusal that names it until it is the next one to be read.
//
// The type to know is [Record]: how far it is from the watermark, and how it is
// recognised. What precedes it is delivered first; then it comes alone, and goes
// to quarantine. A Record is forgotten if other bytes stand in its place: the
// file was truncated meanwhile.
package poison
