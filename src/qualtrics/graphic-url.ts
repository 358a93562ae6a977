/** Where anyone can see a graphic (qualtrics-api: Using the ids). */
export function graphicUrl(baseUrl: string, graphicId: string): string {
  return `${baseUrl}/ControlPanel/Graphic.php?IM=${graphicId}`;
}
