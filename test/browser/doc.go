// Package browser looks at the page with headless Chromium: what people see, what a screen
// reader gets, and what a browser refuses. It needs a browser, so its tests have the build tag
// browser: make test-browser installs what they need and runs them.
package browser
