package survey_test

import "azureml-dsr/internal/dsr"

// smallHistories returns attempts with so few records that every pace can be tried at which
// they may appear.
func smallHistories() map[string]history {
	runs := dsr.Node{Type: "runs"}
	return map[string]history{
		"a list of three pages": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-2 next 1", "00001 1-1-0 runs", "00001 1-2-0 runs", "00001 1-3 last 1", "00001 1-3-0 runs",
		}},
		"a page and its receipt after the pages were listed": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 last 2", "00001 1-2-0 runs", "00001 1-2-1 runs",
		}},
		"a follower that is late": {planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 last 1", "00001 1-2-0 runs", "00001 1-2-0 artifacts", "00001 1-1-0 artifacts",
		}},
		"a pass that is given up": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-2 continues 1", "00001 1-1-0 runs", "00001 2-1 last 1", "00001 1-2-0 runs", "00001 2-1-0 runs",
		}},
		"a sub-node": {planOf(runs), []string{
			"00001 1-1 last 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 next 1",
			"00001~" + subNode + " 1-2 last 1", "00001~" + subNode + " 1-2-0 runs", "00001~" + subNode + " 1-1-0 runs",
		}},
		"a sub-node whose receipts come before its node's list ends": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 last 1",
			"00001~" + subNode + " 1-1-0 runs", "00001 1-2 last 1", "00001 1-2-0 runs",
		}},
		"two nodes": {planOf(runs, dsr.Node{Type: "models"}), []string{
			"00002 1-1 last 1", "00001 1-1 next 1", "00001 1-1-0 runs", "00002 1-1-0 models", "00001 1-2 failed 1", "00001 1-2-0 runs",
		}},
	}
}

// everyPace calls f once for each way in which records may appear between listing calls,
// and returns the number of ways. f passes grow to its store, which asks it how many of
// the records that are left appear.
func everyPace(f func(grow func(left int) int)) int {
	var script []int
	for n := 1; ; n++ {
		asked := 0
		var limits []int
		f(func(left int) int {
			if asked == len(script) {
				script = append(script, 0)
			}
			limits = append(limits, left)
			asked++
			return script[asked-1]
		})

		// The next script counts up like an odometer: the last call that can show more does.
		script = script[:asked]
		i := asked - 1
		for ; i >= 0 && script[i] >= limits[i]; i-- {
			script[i] = 0
		}

		if i < 0 {
			return n
		}

		script = script[:i+1]
		script[i]++
	}
}
