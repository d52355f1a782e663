
// Presses the buttons of the first figure; added by a test to the end of a copy of plots.js.
(async () => {
  const figure = document.querySelector("figure[data-name]");
  const plot = figure.querySelector(".plot");
  const press = (action) => figure.querySelector(`[data-action="${action}"]`).click();
  const pause = () => new Promise((done) => setTimeout(done, 300));
  const range = () => plot._fullLayout.xaxis.range.map(Number);
  const length = () => range()[1] - range()[0];
  const seen = {};
  // What would be downloaded is caught on its way out.
  const saved = [];
  HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };

  const whole = length();
  press("in");
  await pause();
  seen.zoomed = length() < 0.8 * whole;
  press("reset");
  await pause();
  seen.reset = Math.abs(length() - whole) < 1e-9;
  press("svg");
  await pause();
  press("png");
  await pause();
  seen.svg = saved.some((name) => name.endsWith(".svg"));
  seen.png = saved.some((name) => name.endsWith(".png"));
  const ground = () => plot._fullLayout.paper_bgcolor;
  const before = ground();
  document.getElementById("theme").click();
  await pause();
  seen.theme = ground() !== before && document.documentElement.dataset.theme === "dark";
  document.body.dataset.pressed = Object.entries(seen).map(([what, well]) => `${what}=${well}`).join(" ");
})();
