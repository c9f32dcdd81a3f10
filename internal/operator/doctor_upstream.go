package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"azureml-dsr/internal/archive"
)

// locationPlace is the placeholder for the region in an endpoint.
const locationPlace = "{location}"

// checkUpstream checks that each endpoint of Azure ML answers at all, and the clock by the
// answer of Resource Manager. It sends no token.
func (d *doctor) checkUpstream(ctx context.Context, location string) {
	e := d.settings.BaseURLs
	client := archive.Transport()
	defer client.CloseIdleConnections()

	const manager = "Resource Manager"
	for _, plane := range []struct{ name, base string }{
		{manager, e.ARM}, {"model management", e.ModelManagement}, {"experimentation", e.Experiments},
	} {
		if location == "" && strings.Contains(plane.base, locationPlace) {
			continue
		}

		base := strings.ReplaceAll(plane.base, locationPlace, location)
		asked := d.now()
		var answer http.Header
		_ = d.try(ctx, "reach "+plane.name, "it answers", func(ctx context.Context) (err error) {
			answer, err = reach(ctx, client, base)
			return err
		}, func(error) fault {
			return fault{
				detail:  "no answer",
				remedy:  "check the name resolution, the network, and the AZUREML_*_ENDPOINT settings",
				command: lookUp(hostOf(base)),
			}
		})
		if plane.name == manager && answer != nil {
			d.checkClock(answer, asked, d.now())
		}
	}
}

// reach returns the headers of an answer; any answer will do.
func reach(ctx context.Context, client *http.Client, base string) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
	if err != nil {
		return nil, errors.New("the address is not well formed")
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for an answer: %w", err)
	}
	return resp.Header, resp.Body.Close()
}

// hostOf returns the host of a URL, or HOST where it has none that can stand in a command.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), "'\"$`;&| ") {
		return "HOST"
	}
	return u.Hostname()
}
