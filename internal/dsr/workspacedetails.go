package dsr

// WorkspaceDetails are what a machine learning workspace says of itself beside its name.
type WorkspaceDetails struct {
	// API is the base URL of its data plane.
	API string
	// NeverProvisioned reports that it has no data plane, since its provisioning failed.
	NeverProvisioned bool
	// AIProject reports whether people chat with agents in it: it is a project of a hub,
	// or names the address of its agents.
	AIProject bool
	// Hub reports whether it is a hub. Projects are the ARM ids of the projects of a hub,
	// as far as its document names them.
	Hub      bool
	Projects []string
}

// Connected are the accounts of another provider that a machine learning workspace is
// connected to.
type Connected struct {
	// Accounts are their ARM ids.
	Accounts []string
	// Unnamed are the names of connections whose account is not known.
	Unnamed []string
}
