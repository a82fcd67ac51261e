// The floor: what a Worker costs that does next to nothing with its body.
export default {
  async fetch(request) {
    const profile = await request.json();
    let sum = 0;
    for (const value of Object.values(profile)) sum += value;
    return new Response(JSON.stringify({ sum }), {
      headers: { "content-type": "application/json" },
    });
  },
};
