// Shows the offer once there is a score, and what else follows the segment: an attribute of <html>
// for style sheets, and a text.
document.addEventListener("clv:score", ({ target, detail: { segment } }) => {
  target.hidden = false;
  document.documentElement.dataset.segment = segment;
  if (segment === "vip") {
    document.querySelector("#support").textContent = "Questions? Call us, you go first.";
  }
});

// A profile that breaks a rule: the page stays as it is, and the console says what is wrong.
document.addEventListener("clv:error", ({ detail }) => console.warn(detail));
