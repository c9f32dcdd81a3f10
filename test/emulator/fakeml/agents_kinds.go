package fakeml

import (
	"fmt"
	"strconv"
	"strings"
)

// Kinds of what AI projects hold on their data plane, and of a registry's deployment
// templates.
const (
	agentThread     = "agentThread"
	agentMessage    = "agentMessage" // of a thread
	agentRun        = "agentRun"     // of a thread
	agentStep       = "agentStep"    // of a run
	agentOf         = "agent"
	agentFile       = "agentFile"
	vectorStore     = "vectorStore"
	storeFile       = "storeFile" // of a vector store
	evaluation      = "evaluation"
	evaluationPlan  = "evaluationPlan"
	genericIndex    = "genericIndex"
	indexVersion    = "indexVersion"
	genericPrompt   = "genericPrompt"
	promptVersion   = "promptVersion"
	template        = "template"
	templateVersion = "templateVersion"
)

// agentKind returns what a variable of an AI project's paths counts.
func (a *Account) agentKind(variable string) (kind, bool) {
	m := &a.ML
	switch variable {
	case agentThread:
		return a.numbered(m.Threads, "thread", 1), true
	case agentMessage:
		return a.numbered(m.Messages, "msg", 2), true
	case agentRun:
		return a.numbered(m.AgentRuns, "run", 2), true
	case agentStep:
		return a.numbered(m.Steps, "step", 3), true
	case agentOf:
		return a.numbered(m.Agents, "asst", 1), true
	case agentFile:
		return a.numbered(m.AgentFiles, "assistant-file", 1), true
	case vectorStore:
		return a.numbered(m.VectorStores, "vs", 1), true
	case storeFile:
		return a.numbered(m.StoreFiles, "assistant-file", 2), true
	case evaluation:
		return a.numbered(m.Evaluations, "evaluation", 1), true
	case evaluationPlan:
		return a.numbered(m.EvaluationSchedules, "nightly", 1), true
	case genericIndex:
		return a.numbered(m.Indexes, "index", 1), true
	case genericPrompt:
		return a.numbered(m.Prompts, "prompt", 1), true
	case template:
		return a.numbered(m.Templates, "template", 1), true
	case indexVersion, promptVersion, templateVersion:
		return kind{
			count: m.Versions,
			put:   func(at *place, i int) { at.entry = i },
			index: before,
			name:  func(at place) string { return strconv.Itoa(at.entry + 1) },
		}, true
	}
	return kind{}, false
}

// numbered counts what lies so deep and is named by its number, behind an underscore as
// OpenAI's ids are.
func (a *Account) numbered(count int, prefix string, depth int) kind {
	domain := hashText(prefix)
	return kind{
		count: count,
		put: func(at *place, i int) {
			*[...]*int{&at.item, &at.entry, &at.part}[depth-1] = i
		},
		index: numberOf,
		name: func(at place) string {
			own := place{ml: at.ml, registry: at.registry, item: at.item}
			if depth > 1 {
				own.entry = at.entry
			}
			if depth > 2 {
				own.part = at.part
			}
			return fmt.Sprintf("%s_%06d%08x", prefix, indexAt(at, depth), uint32(a.number(own.parts(domain)...)))
		},
	}
}

// numberOf returns the six digits behind an underscore: of "thread_0000171a2b3c4d" they
// are "000017".
func numberOf(id string) string {
	_, rest, _ := strings.Cut(id, "_")
	if len(rest) < 6 {
		return ""
	}
	return rest[:6]
}

// agentNature is natureOf for what AI projects and templates can lose one by one.
func agentNature(kind string) (nature, bool) {
	switch kind {
	case agentThread, agentOf, agentFile, vectorStore:
		return nature{in: inWorkspace, keep: onlyItem}, true
	case template:
		return nature{in: inRegistry, keep: func(at place) place { return place{registry: at.registry, item: at.item} }}, true
	case templateVersion:
		return nature{in: template, keep: func(at place) place {
			return place{registry: at.registry, item: at.item, entry: at.entry}
		}}, true
	}
	return nature{}, false
}

// nobodys reports whether no document of a kind says who made it.
func nobodys(kind string) bool {
	return kind == mlExperiment || kind == agentOf || kind == agentFile
}
