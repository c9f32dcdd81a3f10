// Package mention finds a person's names in the strings of documents: inside longer
// texts, in other spellings, and below further levels of escapes and encodings.
package mention
