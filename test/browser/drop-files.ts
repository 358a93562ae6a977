import type { Page } from "playwright-core";

/** Drops files on the page, as a person does from a window of files. */
export async function drop(
  page: Page,
  files: readonly { name: string; base64: string; type?: string }[],
  at = "main",
): Promise<boolean> {
  const transfer = await page.evaluateHandle<DataTransfer>(
    `(() => {
      const transfer = new DataTransfer();
      for (const { name, base64, type } of ${JSON.stringify(files)}) {
        const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: type ?? "image/png" }));
      }
      return transfer;
    })()`,
  );
  // What nobody takes, the browser opens in the page's place.
  const isTaken = await page.locator(at).evaluate((one, dataTransfer) => {
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    return !one.dispatchEvent(event);
  }, transfer);
  return isTaken;
}
