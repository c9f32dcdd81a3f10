package fakeml

import (
	"fmt"
	"strconv"
)

// since is when something was made, in seconds since 1970, as the agent service says it.
func (s *Server) since(kind string, at place, n int) string {
	return strconv.FormatInt(s.created(kind, at, n).Unix(), 10)
}

// noted are the metadata of a chat or a vector store: by turns they name the person by
// the object id and by the sign-in name, under the names that applications use.
func (a *Account) noted(at place) string {
	p := a.Creator(at.item)
	topic := field{"topic", text("größe/模型")}
	switch {
	case at.item%4 == 3 && p.UPN != "":
		return object(at.item, field{"userEmail", text(p.UPN)}, topic)
	case at.item%2 == 1:
		return object(at.item, topic, field{"userId", text(p.ObjectID)})
	}
	return object(at.item, field{"user_id", text(p.ObjectID)})
}

// agentThread has the members of the published AgentThread.
func (s *Server) agentThread(at place) []byte {
	a := &s.account
	at = onlyItem(at)
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf(agentThread, at))},
		{"object", text("thread")},
		{"created_at", s.since(agentThread, at, at.item)},
		{"metadata", a.noted(at)},
		{"tool_resources", object(0,
			field{"mcp", "[" + object(1, field{"server_label", text("tickets")}, field{"headers", object(0, field{"Authorization", text(a.secret(at, hashText(agentThread)))})}) + "]"},
			field{"file_search", object(0, field{"vector_store_ids", "[]"})},
		)},
	})...))
}

// agentMessage has the members of the published ThreadMessage. Every second one is the
// person's, the others are the agent's, and some say who the person is.
func (s *Server) agentMessage(at place) []byte {
	a := &s.account
	role, said, author := "user", fmt.Sprintf("Frage %d — 質問", at.entry), "{ }"
	if at.entry%2 == 1 {
		role, said = "assistant", "Gern: Größe 42."
	}
	if turn := at.item % 9; turn == 0 || turn == 5 { // the subject's chat, and a colleague's
		said += " (" + SubjectUPN + ")"
		author = object(0, field{"author", text(SubjectUPN)})
	}

	picture := object(1, field{"type", text("image_url")}, field{"image_url", object(0, field{"url", text(a.signedBlob(at, hashText(agentMessage), "picture.png"))})})
	words := object(0, field{"type", text("text")}, field{"text", object(1, field{"value", text(said)}, field{"annotations", "[]"})})

	return []byte(object(at.entry, rotate(at.entry, []field{
		{"id", text(a.nameOf(agentMessage, at))},
		{"object", text("thread.message")},
		{"created_at", s.since(agentThread, onlyItem(at), at.item+at.entry)},
		{"thread_id", text(a.nameOf(agentThread, at))},
		{"role", text(role)},
		{"content", "[" + words + ", " + picture + "]"},
		{"assistant_id", "null"},
		{"run_id", "null"},
		{"attachments", "[ ]"},
		{"metadata", author},
	})...))
}

// agentRun has the members of the published ThreadRun.
func (s *Server) agentRun(at place) []byte {
	a := &s.account
	return []byte(object(at.entry+1, rotate(at.entry, []field{
		{"id", text(a.nameOf(agentRun, at))},
		{"object", text("thread.run")},
		{"created_at", s.since(agentThread, onlyItem(at), at.item+at.entry)},
		{"thread_id", text(a.nameOf(agentThread, at))},
		{"assistant_id", text("asst")},
		{"status", text("completed")},
		{"instructions", text("Hilf freundlich.")},
		{"last_error", "null"},
		{"tools", "[" + a.mcpTool(at, agentRun) + "]"},
		{"usage", object(0, field{"total_tokens", "18446744073709551615"})},
		{"metadata", "null"},
	})...))
}

// agentStep has the members of the published RunStep.
func (s *Server) agentStep(at place) []byte {
	a := &s.account
	call := object(0, field{"id", text("call_1")}, field{"type", text("mcp")}, field{"arguments", text(`{"name":"dana"}`)}, field{"headers", object(0, field{"Authorization", text(a.secret(at, hashText(agentStep)))})})
	return []byte(object(at.part, rotate(at.part, []field{
		{"id", text(a.nameOf(agentStep, at))},
		{"object", text("thread.run.step")},
		{"created_at", s.since(agentThread, onlyItem(at), at.item+at.part)},
		{"run_id", text(a.nameOf(agentRun, at))},
		{"thread_id", text(a.nameOf(agentThread, at))},
		{"type", text("tool_calls")},
		{"status", text("completed")},
		{"step_details", object(1, field{"type", text("tool_calls")}, field{"tool_calls", "[" + call + "]"})},
	})...))
}

func (a *Account) mcpTool(at place, kind string) string {
	return object(1,
		field{"type", text("mcp")},
		field{"server_url", text("https://tickets.example.com/mcp?sig=" + a.secret(at, hashText(kind), 1))},
		field{"headers", object(0, field{"Authorization", text(a.secret(at, hashText(kind)))})},
	)
}

// agent has the members of the published Agent.
func (s *Server) agent(at place) []byte {
	a := &s.account
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf(agentOf, at))},
		{"object", text("assistant")},
		{"created_at", s.since(agentOf, at, at.item)},
		{"name", text("Helfer " + strconv.Itoa(at.item))},
		{"model", text("gpt-4o")},
		{"instructions", text("Hilf freundlich — 親切に.")},
		{"tools", "[" + a.mcpTool(at, agentOf) + "]"},
		{"metadata", "{ }"},
	})...))
}

// agentFile has the members of the published FileInfo.
func (s *Server) agentFile(at place) []byte {
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(s.account.nameOf(agentFile, at))},
		{"object", text("file")},
		{"bytes", "1048576"},
		{"created_at", s.since(agentFile, at, at.item)},
		{"filename", text("Lebenslauf dana.pdf")},
		{"purpose", text("assistants")},
		{"status", text("processed")},
	})...))
}

// vectorStore has the members of the published VectorStore.
func (s *Server) vectorStore(at place) []byte {
	a := &s.account
	at = onlyItem(at)
	return []byte(object(at.item, rotate(at.item, []field{
		{"id", text(a.nameOf(vectorStore, at))},
		{"object", text("vector_store")},
		{"created_at", s.since(vectorStore, at, at.item)},
		{"name", text("Unterlagen")},
		{"configuration", object(0, field{"data_sources", "[" + object(1, field{"uri", text(a.signedBlob(at, hashText(vectorStore), "source"))}, field{"type", text("uri_asset")}) + "]"})},
		{"file_counts", object(1, field{"total", strconv.Itoa(a.ML.StoreFiles)})},
		{"status", text("completed")},
		{"metadata", a.noted(at)},
	})...))
}

// storeFile has the members of the published VectorStoreFile.
func (s *Server) storeFile(at place) []byte {
	a := &s.account
	return []byte(object(at.entry, rotate(at.entry, []field{
		{"id", text(a.nameOf(storeFile, at))},
		{"object", text("vector_store.file")},
		{"created_at", s.since(vectorStore, onlyItem(at), at.item+at.entry)},
		{"vector_store_id", text(a.nameOf(vectorStore, at))},
		{"status", text("completed")},
		{"last_error", "null"},
	})...))
}
