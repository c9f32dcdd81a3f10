// Applies the chosen theme before anything is painted, so that no other one flashes up.
(function () {
  const root = document.documentElement;
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('dsr-theme') || 'auto';
  } catch {
    // No storage is allowed here: the system's theme stays.
  }
  if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
})();
