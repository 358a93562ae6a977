import { TargetDialog } from "../screens/target-dialog.tsx";
import { type AppData, setApp } from "../state/store.ts";
import { AddImagesDialog } from "../tools/add-images.tsx";
import { ConflictsDialog } from "../tools/conflicts-dialog.tsx";
import { KeysDialog } from "../tools/keys-dialog.tsx";
import { RepairsDialog } from "../tools/repairs-dialog.tsx";

const close = () => setApp({ dialog: null });

/** The dialog that stands before the screen, if any. Those that need the selection belong to the sheet's screen. */
export function Dialogs({ data }: { data: AppData }) {
  switch (data.dialog) {
    case "target":
      return <TargetDialog onClose={close} />;
    case "keys":
      return <KeysDialog onClose={close} />;
    case "conflicts":
      return <ConflictsDialog conflicts={data.conflicts} onClose={close} />;
    case "repairs":
      return <RepairsDialog onClose={close} />;
    case "add":
      return <AddImagesDialog onClose={close} />;
    default:
      return null;
  }
}
