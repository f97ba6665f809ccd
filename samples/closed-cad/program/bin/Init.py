"""What the program tells its host when it starts."""

import FreeCAD

# FreeCAD.addImportType("STEP 214 (*.step *.stp)", "ImportGui")
FreeCAD.addImportType("Closed CAD part (*.ccp)", "ccpImport")
FreeCAD.addExportType("IGES (*.igs *.iges)", "igesExporter")
